"""Where the reports speak to the outside: the store of files, the queue of exports."""
