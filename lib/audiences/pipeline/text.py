"""The text branch on one page: reviews -> tokens -> topics -> what customers and products are about -> hybrid segments.

Absent, stage by stage, from a run without `sources.reviews.path`.
"""

from __future__ import annotations

from audiences import schema
from audiences.config import ReviewSource
from audiences.engine.stage import Earlier, Fit, IfPresent, Landing, ModelOf, Stage, stage_of
from audiences.engine.stage_settings import Fields, IfSet, Wanted
from audiences.features.review_behaviour import review_behaviour
from audiences.pipeline.purchases import NAMES, PROFILED, RFM, VALUE
from audiences.pipeline.source_gates import gate_of
from audiences.segments.hybrid.features import hybrid_features
from audiences.segments.hybrid.names import hybrid_names
from audiences.segments.hybrid.tree import dendrogram, hybrid_segments, hybrid_selection
from audiences.segments.playbook import segment_playbook
from audiences.segments.profiles import segment_profiles
from audiences.segments.topic_profiles import segment_topics
from audiences.sources.reviews import rejected_reviews, reviews
from audiences.text.sentiment import review_sentiment, theme_sentiment
from audiences.text.tokens import review_tokens
from audiences.text.topic_selection import fit_topics
from audiences.text.topics import customer_topics, product_topics, review_topics, topics_of
from audiences.text.vocabulary import fit_vocabulary

# raw texts -> reviews, each kept or rejected with its reasons -> tokens
LANDED_REVIEWS = Landing(schema.landed_reviews, source="reviews")
_JUDGED: Wanted = {
    "source": Fields("sources.reviews", only=(*ReviewSource.JUDGED, "columns")),
    "cleaning": "review_cleaning",
    "id_case": "cleaning.id_case",
    "time_zone": "time_zone",
    "id_key": IfSet("contacts.id_key"),
}
REVIEWS = Stage(schema.reviews, reviews, {"landed": LANDED_REVIEWS}, _JUDGED, group="ingest")
REJECTED_REVIEWS = Stage(
    schema.rejected_rows, rejected_reviews, {"landed": LANDED_REVIEWS}, _JUDGED,
    name="rejected_reviews", slice={"source": "reviews"}, group="ingest",
)  # fmt: skip
REVIEW_GATES = gate_of("reviews", landed=LANDED_REVIEWS, rejected=REJECTED_REVIEWS)
TOKENS = Stage(
    schema.review_tokens, review_tokens, {"reviews": REVIEWS},
    {"preprocessing": Fields("text.preprocessing", but=("engine",)), "engine": "text.preprocessing.chosen_engine"},
    group="text",
)  # fmt: skip

# the words that count, the topics, and their names
VOCABULARY = Fit(
    schema.vocabulary,
    fit_vocabulary,
    {"review_tokens": TOKENS},
    {"vocabulary": "text.vocabulary"},
    model_name="vocabulary",
    group="text",
)
_LABELS = ("stored_words", "themes", "min_theme_score", "same_distance")  # what topics are called
TOPIC_SELECTION = Fit(
    schema.topic_selection, fit_topics,
    {"review_tokens": TOKENS, "counter": ModelOf(VOCABULARY), "vocabulary": VOCABULARY},
    {"topics": Fields("text.topics", but=(*_LABELS, "ids_of"))}, model_name="topics", revision=2, group="text",
)  # fmt: skip
TOPICS = Stage(
    schema.topics, topics_of,
    {"review_tokens": TOKENS, "model": ModelOf(TOPIC_SELECTION), "vocabulary": VOCABULARY},
    {"topics": Fields("text.topics", only=(*_LABELS, "top_words"))}, group="text",
    earlier={"previous": Earlier(schema.topics, at="text.topics.ids_of")},
)  # fmt: skip
REVIEW_TOPICS = Stage(
    schema.review_topics,
    review_topics,
    {"review_tokens": TOKENS, "model": ModelOf(TOPIC_SELECTION), "topics": TOPICS},
    group="text",
)
PRODUCT_TOPICS = Stage(
    schema.product_topics, product_topics, {"review_topics": REVIEW_TOPICS, "topics": TOPICS, "reviews": REVIEWS},
    group="text",
)  # fmt: skip
REVIEW_SENTIMENT = Stage(
    schema.review_sentiment, review_sentiment, {"review_tokens": TOKENS},
    {"sentiment": Fields("text.sentiment", only=("words",)), "engine": "text.preprocessing.chosen_engine"},
    enabled_by="text.sentiment.themes", group="text",
)  # fmt: skip
THEME_SENTIMENT = Stage(
    schema.theme_sentiment, theme_sentiment,
    {"review_topics": REVIEW_TOPICS, "review_sentiment": REVIEW_SENTIMENT, "topics": TOPICS},
    {"sentiment": Fields("text.sentiment", only=("themes",))}, group="text",
)  # fmt: skip
REVIEW_BEHAVIOUR = Stage(schema.review_behaviour, review_behaviour, {"reviews": REVIEWS}, group="text")

# what each customer is about, and the clusters of what customers do and say
CUSTOMER_TOPICS = Stage(
    schema.customer_topics, customer_topics,
    {"review_topics": REVIEW_TOPICS, "topics": TOPICS, "customers": IfPresent(RFM)}, group="text",
)  # fmt: skip
HYBRID_FEATURES = Stage(
    schema.hybrid_features, hybrid_features,
    {"customer_topics": CUSTOMER_TOPICS, "topics": TOPICS, "value": IfPresent(VALUE),
     "review_behaviour": REVIEW_BEHAVIOUR},
    {"hybrid": Fields("hybrid", only=("behaviour_weight", "topic_weight", "is_soft"))}, group="segments",
)  # fmt: skip
_LEAVES = Fields("hybrid", only=("micro_clusters", "micro_iterations", "seed", "rows_per_partition"))
DENDROGRAM = Stage(
    schema.dendrogram, dendrogram, {"hybrid_features": HYBRID_FEATURES}, {"hybrid": _LEAVES}, group="segments"
)
_NUMBER = Fields("hybrid", only=("choose", "k", "k_min", "k_max", "min_share"))
HYBRID_SELECTION = Stage(
    schema.hybrid_selection, hybrid_selection, {"dendrogram": DENDROGRAM}, {"hybrid": _NUMBER}, group="segments"
)
HYBRID_NAMES = Stage(
    schema.segment_names, hybrid_names,
    {"dendrogram": DENDROGRAM, "selection": HYBRID_SELECTION, "value_names": IfPresent(NAMES)},
    name="hybrid_names", slice={"segmentation": "hybrid"}, group="segments", revision=2,
)  # fmt: skip
HYBRID_SEGMENTS = Stage(
    schema.hybrid_segments, hybrid_segments,
    {"hybrid_features": HYBRID_FEATURES, "dendrogram": DENDROGRAM, "selection": HYBRID_SELECTION,
     "names": HYBRID_NAMES},
    group="segments",
)  # fmt: skip

# what the segments are about, what defines them, what to do
_ABOUT = {"customer_topics": CUSTOMER_TOPICS, "topics": TOPICS, "review_topics": REVIEW_TOPICS, "reviews": REVIEWS}
HYBRID_TOPICS = Stage(
    schema.segment_topics, segment_topics, {"members": HYBRID_SEGMENTS, **_ABOUT},
    name="hybrid_topics", slice={"segmentation": "hybrid"}, group="segments",
)  # fmt: skip
VALUE_TOPICS = Stage(
    schema.segment_topics, segment_topics, {"members": VALUE, **_ABOUT},
    name="value_topics", slice={"segmentation": "value"}, group="segments",
)  # fmt: skip
HYBRID_PROFILES = Stage(
    schema.segment_profiles, segment_profiles,
    {"members": HYBRID_SEGMENTS, **{name: IfPresent(stage_of(need)) for name, need in PROFILED.items()},
     "review_behaviour": REVIEW_BEHAVIOUR},
    {"currency": "currency"}, name="hybrid_profiles", slice={"segmentation": "hybrid"}, group="segments",
    revision=2,
)  # fmt: skip
HYBRID_PLAYBOOK = Stage(
    schema.segment_playbook, segment_playbook,
    {"profiles": HYBRID_PROFILES, "topics": HYBRID_TOPICS, "names": HYBRID_NAMES},
    {"playbook": "playbook"}, name="hybrid_playbook", slice={"segmentation": "hybrid"}, group="segments", revision=2,
)  # fmt: skip

STAGES = (
    LANDED_REVIEWS, REVIEWS, REJECTED_REVIEWS, REVIEW_GATES, TOKENS, VOCABULARY, TOPIC_SELECTION, TOPICS, REVIEW_TOPICS,
    PRODUCT_TOPICS, REVIEW_SENTIMENT, THEME_SENTIMENT, REVIEW_BEHAVIOUR, CUSTOMER_TOPICS, HYBRID_FEATURES, DENDROGRAM,
    HYBRID_SELECTION, HYBRID_NAMES, HYBRID_SEGMENTS, HYBRID_TOPICS, VALUE_TOPICS, HYBRID_PROFILES, HYBRID_PLAYBOOK,
)  # fmt: skip
