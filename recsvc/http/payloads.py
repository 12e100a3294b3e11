"""Payloads: what travels in bodies, with its bounds; unknown members are refused."""

from typing import Annotated, Any, Literal

import msgspec
from litestar.params import PathParameter
from msgspec import Meta

from recsvc.domain.catalogue import Availability
from recsvc.domain.events import Wording
from recsvc.domain.purposes import purposes_of
from recsvc.domain.slates import PlacementRequest, Slate
from recsvc.http.faults import Fault

MOST_ID_CHARACTERS = 200
MOST_TOKEN_CHARACTERS = 4000
MOST_ITEMS_A_BATCH = 2500
MOST_VISITORS_A_BATCH = 1000
NO_CONTROLS = r"^[^\x00-\x1f\x7f]+$(?!\n)"  # `$` alone lets a last newline pass

NO_NUL = r"^[^\x00]*$"
LOCALE = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$(?!\n)"

Id = Annotated[str, Meta(min_length=1, max_length=MOST_ID_CHARACTERS, pattern=NO_CONTROLS)]
PathId = Annotated[str, PathParameter(min_length=1, max_length=MOST_ID_CHARACTERS, pattern=NO_CONTROLS)]
EventId = Annotated[
    str,
    Meta(min_length=1, max_length=100, pattern=NO_CONTROLS, description="Yours; the same id counts once."),
]
Short = Annotated[str, Meta(max_length=100, pattern=NO_CONTROLS)]
Text = Annotated[str, Meta(max_length=500, pattern=NO_NUL)]
Link = Annotated[str, Meta(max_length=2000, pattern=r"^(https?://|/)[^\x00-\x20\x7f]*$(?!\n)")]
Locale = Annotated[str, Meta(max_length=35, pattern=LOCALE)]
Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}$(?!\n)", description="ISO 4217.")]
Price = Annotated[float, Meta(ge=0, le=1e12)]
Quantity = Annotated[float, Meta(gt=0, le=1e6)]
Judgement = Literal["accepted", "duplicate", "ignored", "rejected"]
Revision = Annotated[int, Meta(ge=0, le=2**31)]


Consent = Annotated[
    dict[Short, bool | Literal["granted", "denied"]],
    Meta(max_length=50, description="Purpose, or a word of Google's Consent Mode → granted."),
]


class VisitorPayload(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who it is about: exactly one of the ids."""

    anonymous_id: Annotated[Id, Meta(description="A visitor nobody knows by name.")] | None = None
    id: (
        Annotated[Id, Meta(description="A known customer, by the shop's own id; with a secret key.")] | None
    ) = None
    token: (
        Annotated[
            str,
            Meta(
                max_length=MOST_TOKEN_CHARACTERS, description="A known customer, as the shop's server signs."
            ),
        ]
        | None
    ) = None
    loyalty_card: Annotated[Id, Meta(description="The number of a card; with a secret key.")] | None = None
    line_user: Annotated[Id, Meta(description="A LINE user id; with a secret key.")] | None = None
    shopify_customer: Annotated[Id, Meta(description="Shopify's id; with a secret key.")] | None = None
    email_sha256: (
        Annotated[Id, Meta(description="SHA-256 of the trimmed address in small letters; with a secret key.")]
        | None
    ) = None


MOST_FILTER_CHARACTERS = 1000
FILTER = "What a product must be, over item.NAME, such as `item.category == 'tea' and item.price <= 20`."
EXPLAIN = "With a secret key: each slate says in `trail` everything it rested on."
AGAIN = "With a secret key: the slate of this id is made once more, and `changed` says what is another now."
AGE = "Of the visitor in years, as the shop has verified it."


class PlacementPayload(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One placement of the page."""

    id: Id
    limit: Annotated[int, Meta(ge=1, le=100)] | None = None
    item: Annotated[Id, Meta(description="The product of the page.")] | None = None
    items: Annotated[list[Id], Meta(max_length=200, description="What is in the cart.")] = []
    filter: Annotated[str, Meta(max_length=MOST_FILTER_CHARACTERS, description=FILTER)] | None = None

    def to_request(self) -> PlacementRequest:
        """The domain's noun."""
        return PlacementRequest(self.id, self.limit, self.item, tuple(self.items), self.filter)


class PlaceContext(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where slates are shown; members that are not listed here are ignored."""

    locale: Annotated[Locale, Meta(description="Of the reasons; the shop's first where absent.")] | None = (
        None
    )
    store_id: Annotated[Id, Meta(description="The store where the page is shown.")] | None = None
    age: Annotated[int, Meta(ge=0, le=150, description=AGE)] | None = None


class ContextPayload(PlaceContext, frozen=True, omit_defaults=True):
    """Where the page is shown; members that are not listed here are ignored."""

    consent: Consent | None = None

    def denies(self, purpose: str) -> bool:
        """Whether the page says that its visitor refuses a purpose."""
        return purposes_of(self.consent or {}).get(purpose) is False


class PagePayload(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A page in one call."""

    placements: Annotated[
        list[PlacementPayload],
        Meta(min_length=1, max_length=20, description="May be left out beside a `slate_id`."),
    ] = []
    visitor: VisitorPayload | None = None
    context: ContextPayload = ContextPayload()
    explain: Annotated[bool, Meta(description=EXPLAIN)] = False
    slate_id: Annotated[str, Meta(max_length=1000, description=AGAIN)] | None = None


class PageAnswer(msgspec.Struct, frozen=True):
    """One slate per placement, in the order of the request, no item twice; of a `slate_id` its own alone."""

    slates: list[Slate]


class SlateBatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The same placements for many visitors."""

    placements: Annotated[list[PlacementPayload], Meta(min_length=1, max_length=20)]
    visitors: Annotated[
        list[Annotated[msgspec.Raw, Meta(extra={"schema": VisitorPayload})]],
        Meta(min_length=1, max_length=MOST_VISITORS_A_BATCH),
    ]
    context: ContextPayload = ContextPayload()


class SlateLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one visitor of a batch gets: slates, or an error."""

    index: Annotated[int, Meta(description="Of the visitor in the request.")]
    slates: list[Slate] = []
    error: Fault | None = None


class ItemPayload(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """One item; beside these, `title:LOCALE` is a title in another language and `attr:NAME` an attribute."""

    item_id: Id
    item_group_id: Id | None = None
    title: Text | None = None
    category: Text | None = None
    brand: Text | None = None
    price: Price | None = None
    sale_price: Price | None = None
    currency: Currency | None = None
    margin: Annotated[float, Meta(ge=-1e12, le=1e12)] | None = None
    availability: Availability = Availability.IN_STOCK
    available_from: Annotated[str, Meta(max_length=40, description="ISO 8601 date or time.")] | None = None
    age_limit: Annotated[int, Meta(ge=0, le=150, description="Years.")] | None = None
    image_link: Link | None = None
    link: Link | None = None
    stock: Annotated[
        dict[Id, Annotated[float, Meta(ge=0, le=1e9)]],
        Meta(max_length=10_000, description="Store → quantity."),
    ] = {}


class ItemBatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Items that replace those of the same id."""

    items: Annotated[
        list[Annotated[msgspec.Raw, Meta(extra={"schema": ItemPayload})]], Meta(max_length=MOST_ITEMS_A_BATCH)
    ]


class ItemResult(msgspec.Struct, frozen=True):
    """What became of one item."""

    index: int
    item_id: str | None
    verdict: Judgement
    code: str | None = None
    pointer: str | None = None


class ItemResults(msgspec.Struct, frozen=True):
    """One verdict an item, in the order of the batch."""

    results: list[ItemResult]


class SessionPayload(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who begins a quiz, and where."""

    visitor: VisitorPayload
    locale: Locale | None = None
    touchpoint: Annotated[Short, Meta(description="Where it is shown, such as `product-page`.")] | None = None
    device: Literal["phone", "tablet", "desktop"] | None = None
    source: Annotated[Short, Meta(description="What brought the visitor, such as utm_source.")] | None = None


class ResumePayload(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The `resume` of a session, from a link."""

    token: Annotated[str, Meta(max_length=500)]


class AnswerPayload(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An answer: exactly one of `value` and `skip`."""

    value: (
        Annotated[str, Meta(max_length=2000)]  # a pattern here crashes msgspec 0.22: see the tests
        | float
        | Annotated[list[Id], Meta(max_length=200)]
        | Annotated[dict[Short, Text | float | bool | None], Meta(max_length=20)]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    skip: Literal[True] | None = None
    visitor: VisitorPayload | None = None

    def to_raw(self) -> dict[str, Any] | None:
        """What the quiz engine reads, None unless exactly one of the two is given."""
        given = self.value is not msgspec.UNSET
        if given == (self.skip is not None):
            return None
        return {"value": self.value} if given else {"skip": True}


class AnswerForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The same as a form, for pages without a script."""

    csrf: Annotated[str, Meta(max_length=100, description="The token that the page carries.")]
    action: Annotated[
        Literal["answer", "skip", "back", "finish"],
        Meta(description="`back` takes this answer back, or else the last one."),
    ] = "answer"
    value: Annotated[
        list[Text], Meta(max_length=200, description="Repeated; of a ranking also as `place:choice`.")
    ] = []
    agreed: Annotated[
        Literal["yes"] | None, Meta(description="That the opt-in wording of the question was ticked.")
    ] = None


class WordingPayload(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The proof of a consent."""

    policy: Annotated[Short, Meta(description="Version of the wording.")] | None = None
    locale: Locale | None = None
    proof: Annotated[Text, Meta(description="Where the act can be looked up.")] | None = None

    def to_wording(self) -> Wording:
        """The domain's noun."""
        return Wording(self.policy, self.locale, self.proof)


class ConsentsPayload(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a visitor agrees to and refuses."""

    consent: Annotated[Consent, Meta(min_length=1)]
    wording: Annotated[WordingPayload, Meta(description="What was shown.")] | None = None


class FactsPayload(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a visitor wants facts to be."""

    facts: Annotated[
        dict[
            Id,
            Annotated[str, Meta(max_length=MOST_ID_CHARACTERS)]
            | float
            | Annotated[list[Id], Meta(max_length=200)]
            | None,
        ],
        Meta(max_length=100, description="Fact → choice ids, a number, or null to forget it."),
    ]
    consent: Annotated[
        bool, Meta(description="The visitor agrees to the wordings of the purposes that this needs.")
    ] = False
    locale: Annotated[Locale, Meta(description="Of the answer.")] | None = None


class NewVisitor(msgspec.Struct, frozen=True):
    """A fresh anonymous id, signed by this service."""

    anonymous_id: str
