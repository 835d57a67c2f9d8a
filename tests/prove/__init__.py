"""What the project promises, each promise put to the test with large numbers: `make prove`."""
