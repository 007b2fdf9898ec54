"""The controllers behind the API server: they play nodes, scheduler, kubelet and workloads.

Each is client side only, so they serve a real API server, behind which no controller runs, as well.
"""
