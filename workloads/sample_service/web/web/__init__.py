"""The front of the sample service: a page that shows the pod network at work."""
