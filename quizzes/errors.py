"""The errors of quizzes.

QuizError
├── QuizFileError           a file that is not a quiz: says file, line, path and fix
├── ExpressionError         a `when` or `must` that cannot be read: says the column
├── AlreadyPublishedError   a revision that is published with the same contents
├── RevisionTakenError      a revision that is published with other contents: says the next one
├── TranslationError        a file of translations that cannot be read
└── AnswerError             an answer that a quiz does not accept: says a code
"""


class QuizError(Exception):
    """Anything a quiz says no to."""


class QuizFileError(QuizError):
    """A file that is not a quiz.

    Attributes:
        code: lint code of the fault, such as `field-unknown`.
        file: name of the file.
        line: line of the fault, or of the nearest enclosing id; counted from 1.
        path: place in the definition, such as `$.questions[2].when`.
        reason: what is wrong and what to do, without the place.
    """

    def __init__(self, code: str, file: str, line: int, path: str, reason: str) -> None:
        super().__init__(f"{file}:{line}: {path}: {reason}")
        self.code = code
        self.file = file
        self.line = line
        self.path = path
        self.reason = reason


class ExpressionError(QuizError):
    """An expression that cannot be read.

    Attributes:
        column: where in the expression, counted from 1.
    """

    def __init__(self, message: str, column: int) -> None:
        super().__init__(f"{message} (column {column})")
        self.column = column


class AlreadyPublishedError(QuizError):
    """A revision that is published with the same contents."""


class RevisionTakenError(QuizError):
    """A revision that is published with other contents."""


class TranslationError(QuizError):
    """A file of translations that cannot be read, or a text that its format cannot carry."""


class AnswerError(QuizError):
    """An answer that a quiz does not accept.

    Attributes:
        code: unknown_question, not_reachable, wrong_type, unknown_choice, out_of_range, too_many_picks,
            too_few_picks, repeated_choice, alone, too_long, empty, unknown_channel or required.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
