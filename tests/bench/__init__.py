"""How fast, small and frugal the project is, beside what else one could have used. Run by `make bench`."""
