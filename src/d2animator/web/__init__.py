"""The page in the browser, and the HTTP interface that it and other programs use.

Nothing heavy is imported before an animator is wanted: the first page comes at once, and what draws
is loaded behind it.
"""
