"""Cases: a quiz tried out, by the cases beside it and by one for every path."""
