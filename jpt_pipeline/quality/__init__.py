"""Rules over tables: a rule is a query for the offending rows, with its words and the places where it is broken."""
