"""What differs between makers that speak alike: one set of rows for each family."""
