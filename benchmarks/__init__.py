"""What everything costs, in time and memory, against the same work without Python."""
