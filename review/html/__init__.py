"""A review as one page for a browser."""
