"""The API of the sample service: it says which pod answered."""
