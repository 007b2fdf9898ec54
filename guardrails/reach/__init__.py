"""Whether one place of an environment reaches another, by which hops, and which hop fails."""
