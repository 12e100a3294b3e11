"""Quiz pages: quizzes as plain HTML that needs no script, for every shop."""
