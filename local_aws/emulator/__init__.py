"""What our environments need of AWS and MiniStack lacks, and the refusals of AWS that prove something."""
