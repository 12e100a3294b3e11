"""The composition root: the one place where objects meet."""

import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib.metadata import version

from litestar import Router

from recsvc.background import closing, delivering, following, sweeping, watching
from recsvc.destinations import open_channels, open_mailer
from recsvc.domain.known_stores import KnownStores
from recsvc.http.api import Api, Service
from recsvc.http.parts import ApiParts
from recsvc.http.telemetry import Watcher
from recsvc.serving.affinities import Affinities
from recsvc.serving.cards import Cards
from recsvc.serving.catalogue_changes import CatalogueChanges
from recsvc.serving.confirmations import Confirmations, Links
from recsvc.serving.contacts import Contacts
from recsvc.serving.hindsight import Hindsight
from recsvc.serving.ingest import Ingest
from recsvc.serving.live_catalogue import LiveCatalogue
from recsvc.serving.live_keys import LiveKeys
from recsvc.serving.live_model import LiveModel
from recsvc.serving.live_placements import LivePlacements
from recsvc.serving.live_quizzes import LiveQuizzes
from recsvc.serving.outbox import Outbox
from recsvc.serving.pages import Pages
from recsvc.serving.placement_names import PlacementNames
from recsvc.serving.ports import Clock, Store
from recsvc.serving.privacy import Privacy
from recsvc.serving.quiz_journey import QuizJourney
from recsvc.serving.quiz_slate import QuizSlates
from recsvc.serving.recommend import Recommender
from recsvc.serving.segments import Segments
from recsvc.serving.sharing import Sharing
from recsvc.serving.slate_id import SlateSigner
from recsvc.serving.touchpoints import Touchpoints
from recsvc.serving.turns import Turns
from recsvc.serving.unsubscribing import UnsubscribeLinks, Unsubscribing
from recsvc.serving.visitor import VisitorReader
from recsvc.serving.visitor_facts import VisitorFacts
from recsvc.serving.warming import warm
from recsvc.settings import Settings, is_loopback
from recsvc.storefront.elements.fragments import fragments_router
from recsvc.storefront.elements.routes import elements_router
from recsvc.storefront.quiz.pages import QuizPages
from recsvc.storefront.quiz.parts import QuizPageParts
from recsvc.storefront.quiz.refusals import refuse_form
from recsvc.storefront.quiz.routes import quiz_router
from recsvc.stores import open_store
from recsvc.stores.request_counts import open_counts
from recsvc.stores.secret import read_or_create_secret

KEYS_AGE_S = 1.0
"""How old the list of keys may be where a look at the store is a way through the network."""


def create_app(
    settings: Settings,
    *,
    store: Store | None = None,
    clock: Clock | None = None,
    watchers: Sequence[Watcher] = (),
) -> Service:
    """Wire the service.

    Args:
        settings: everything an operator can say.
        store: another store than the one of `settings.database_url`.
        clock: another clock than the machine's.
        watchers: are told of every request, and closed at the end.
    """
    settings.state_path.mkdir(parents=True, exist_ok=True)
    secret = read_or_create_secret(settings.state_path)
    store = store or open_store(settings.database_url)
    clock = clock or _now
    live_model = LiveModel(settings.models_path)
    quizzes = LiveQuizzes(settings.quizzes_path, settings.drafts_path)
    placements = LivePlacements(settings.placements_path)
    catalogue = LiveCatalogue(store, at_leisure=True)  # `following` does it
    visitors = VisitorReader(store, catalogue, quizzes)
    signer = SlateSigner(secret)
    recommender = Recommender(
        visitors=visitors,
        live_model=live_model,
        catalogue=catalogue,
        quizzes=quizzes,
        placements=placements,
        signer=signer,
        locales=settings.locales,
        clock=clock,
    )
    turns = Turns()
    contacts = Contacts(
        store,
        quizzes,
        secret,
        clock,
        settings.contacts,
        locales=settings.locales,
        sends=settings.mailer is not None,
    )
    journey = QuizJourney(
        store=store,
        quizzes=quizzes,
        visitors=visitors,
        slates=QuizSlates(recommender, catalogue),
        secret=secret,
        locales=settings.locales,
        session_s=settings.session_minutes * 60,
        clock=clock,
        turns=turns,
        contacts=contacts,
    )
    known_stores = KnownStores(frozenset(settings.stores))
    ingest = Ingest(store, clock, known_stores, settings.purchase_sources)
    privacy = Privacy(store, secret, clock)
    affinities = Affinities(visitors, live_model, catalogue, quizzes, clock)
    segments = Segments(
        settings.segments, visitors=visitors, affinities=affinities, quizzes=quizzes, clock=clock
    )
    links = UnsubscribeLinks(secret, settings.public_url) if settings.public_url else None
    outbox = Outbox(
        store,
        Sharing(visitors, store, segments, quizzes, clock, links),
        open_channels(settings.destinations, os.environ, store, clock),
        clock,
    )
    counts = open_counts(settings.limits.storage)
    keys = LiveKeys(
        store,
        clock,
        max_age_s=0.0 if settings.database_url.startswith("sqlite:") else KEYS_AGE_S,
        may_be_open=is_loopback(settings.host),
    )
    keys.refresh()  # a worker that never read them would answer nobody while the store is down
    quizzes.refresh()
    contacts.warn()
    _read_large(live_model, visitors)
    names = PlacementNames(placements, catalogue)
    names.look()
    answers = Pages(recommender, visitors, clock)
    warm(answers, recommender, quizzes)
    parts = ApiParts(
        recommender=recommender,
        pages=answers,
        hindsight=Hindsight(recommender, live_model, signer),
        visitors=visitors,
        ingest=ingest,
        quiz_journey=journey,
        touchpoints=Touchpoints(
            visitors=visitors, quizzes=quizzes, catalogue=catalogue, locales=settings.locales, clock=clock
        ),
        visitor_facts=VisitorFacts(
            store=store, quizzes=quizzes, locales=settings.locales, clock=clock, turns=turns
        ),
        privacy=privacy,
        contacts=contacts,
        affinities=affinities,
        segments=segments,
        live_model=live_model,
        live_catalogue=catalogue,
        store=store,
        keys=keys,
        catalogue_changes=CatalogueChanges(store, catalogue),
        cards=_cards(settings, catalogue),
        limits=settings.limits,
        counts=counts,
        secret=secret,
        shopify_secrets=settings.shopify_secrets,
        known_stores=known_stores,
        clock=clock,
        version=version("recsvc"),
    )
    shop = _demo_shop(settings, parts, visitors) if settings.demo else []
    pages = QuizPages(_page_parts(settings, parts))
    looks = [live_model.refresh, quizzes.refresh, placements.refresh, names.look]
    watch = watching(settings.poll_s, looks, store, counts)
    follow, sweep = following(catalogue, answers.warm), sweeping(privacy, settings.retention)
    lifespan = [closing(watchers), watch, follow, sweep]
    if settings.destinations:
        lifespan.append(delivering(settings.poll_s, outbox))
    if settings.mailer is not None:
        mailer = open_mailer(settings.mailer, os.environ, clock)
        pages_of = Links(secret, settings.public_url or "")
        rounds = Confirmations(store, settings.mailer, mailer, pages_of, clock)
        lifespan.append(delivering(settings.poll_s, rounds))
    own = settings.locales[0]
    elements = elements_router(is_on=settings.elements, locale=own)
    routes = [quiz_router(pages), elements, fragments_router(recommender, parts.cards, own), *shop]
    return Service(
        route_handlers=routes, plugins=[Api(parts, refuse_form(pages), watchers)], lifespan=lifespan
    )


def _read_large(live_model: LiveModel, visitors: VisitorReader) -> None:
    """Read the model and the catalogue, so that the first answer does not wait for either."""
    with ThreadPoolExecutor(1) as beside:  # hashing and proving a model leave Python to the catalogue
        reading = beside.submit(live_model.refresh)
        visitors.read(None)
        reading.result()


def _cards(settings: Settings, catalogue: LiveCatalogue) -> Cards:
    if not settings.demo:
        return Cards(catalogue, is_on=settings.elements)
    from recsvc.storefront.demo.pages import card_page, item_picture  # noqa: PLC0415

    return Cards(
        catalogue,
        is_on=settings.elements,
        link_of=card_page,
        picture_of=item_picture,
    )


def _page_parts(settings: Settings, parts: ApiParts) -> QuizPageParts:
    pages = QuizPageParts(
        journey=parts.quiz_journey,
        sessions=parts.store,
        catalogue=parts.live_catalogue,
        contacts=parts.contacts,
        unsubscribing=Unsubscribing(parts.store, parts.secret, parts.clock),
        ingest=parts.ingest,
        clock=parts.clock,
        secret=parts.secret,
        locales=settings.locales,
        theme=settings.theme_path,
    )
    if not settings.demo:
        return pages
    from recsvc.sources.complete_journey_names import category_name  # noqa: PLC0415
    from recsvc.storefront.demo.pages import item_page, item_picture  # noqa: PLC0415

    return pages._replace(product_link=item_page, picture=item_picture, category_name=category_name)


def _demo_shop(settings: Settings, parts: ApiParts, visitors: VisitorReader) -> list[Router]:
    from recsvc.sources.complete_journey_names import category_name, department_name  # noqa: PLC0415
    from recsvc.storefront.demo.parts import DemoParts  # noqa: PLC0415
    from recsvc.storefront.demo.routes import demo_router  # noqa: PLC0415

    named = settings.state_path / "data" / "households.json"
    demo = DemoParts(
        recommender=parts.recommender,
        quizzes=parts.quiz_journey.quizzes,
        facts=parts.visitor_facts,
        privacy=parts.privacy,
        ingest=parts.ingest,
        visitors=visitors,
        catalogue=parts.live_catalogue,
        cards=parts.cards,
        category_name=category_name,
        department_name=department_name,
        secret=parts.secret,
        clock=parts.clock,
        households=tuple(json.loads(named.read_text("utf-8"))) if named.exists() else (),
        locales=settings.locales,
    )
    return [demo_router(demo)]


def _now() -> datetime:
    return datetime.now(UTC)
