"""Cases: a person disputes what is held, somebody with no part in it decides, the decision is carried out.

`workflow` is the one table of what may happen when; `access` says who may; `operations`
holds one function per verb. Pages and API call the same operations.
"""
