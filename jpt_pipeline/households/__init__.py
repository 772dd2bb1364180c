"""From staged records to counted households: what counts by key and revision, what the rules say, what is refused."""
