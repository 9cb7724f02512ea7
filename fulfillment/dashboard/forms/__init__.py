"""What desk screens ask of people."""
