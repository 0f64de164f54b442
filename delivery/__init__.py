"""Getting a message to a person or a system, at least once.

Every message is a row, written in the transaction that causes it. Celery only wakes the
worker that sends what is due; a sweep finds what was missed. The inbox is the message
itself; a mail says only that there is one.
"""
