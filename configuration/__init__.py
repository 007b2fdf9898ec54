"""What an environment file may say: fields, rules, capacity, and how the files are read."""
