"""Cases over the API, for the people whose cases they are. Officials work on the pages."""
