"""What people touch: answering, sheets, chat, jobs, HTTP, the page and the command line."""
