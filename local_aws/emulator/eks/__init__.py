"""EKS: its API where MiniStack falls short, and its resource types."""
