"""What a change of the code does to running environments, in words that anyone can read."""
