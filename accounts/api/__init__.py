"""What every part of the API has in common: who asks, what may be asked, errors, and doing a thing once.

The endpoints themselves stand in the app that they show. Two kinds of client come in: systems with a key
(`authentication.KeyAuthentication`) and people with the session of the pages (`SessionAuthentication`).
"""
