"""The programs behind make, each over a function of the packages."""
