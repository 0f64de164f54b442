"""Who is who: subjects and how to reach them, organisations and their staff, systems and their keys, sign-in.

A subject is the person or organisation that data is about; a user is somebody who signs in.
What is held about a subject stands one package above, in `records`.
"""
