"""What customers write: sentence ends by theme and by whether they are pleased, and the words around them.

The phrases of a theme share its words (quality, material, made; price, money, worth; ...) in both moods, as people do:
that is what a topic model can find. Names of things and courtesies are spread over all themes: they are its noise.
"""

from __future__ import annotations

THEMES = ("quality", "price", "delivery", "service", "design")

PLEASED = {
    "quality": (
        "is excellent quality and very well made",
        "is made of solid, durable material",
        "has sturdy material and well made seams, great quality",
        "still looks new, durable quality that does not break",
        "feels solid and sturdy, not flimsy at all",
        "did not break when I dropped it, really durable and well made",
    ),
    "price": (
        "is a bargain at this price and worth the money",
        "has a lower price than in any other shop",
        "is excellent value for money, worth every penny",
        "had a generous discount on the price and saved me money",
        "is cheap for such good value",
        "is worth more than its price, a real bargain with the discount",
    ),
    "delivery": (
        "arrived early and the delivery was very fast",
        "had fast shipping and a careful courier",
        "came in a safe package, the courier was on time",
        "was shipped the same day, delivery with tracking all the way",
        "arrived on time in a sturdy package",
        "had quick shipping, tracking worked and the package arrived early",
    ),
    "service": (
        "came with helpful customer service that answered at once",
        "was exchanged by friendly staff, great service",
        "got me a quick refund from a helpful support agent",
        "showed me how friendly the customer support is",
        "had an issue that the support staff solved in minutes",
        "was explained by a polite agent, wonderful customer service",
    ),
    "design": (
        "has a beautiful design and stunning colours",
        "has a lovely pattern and an elegant look",
        "is a stylish shape in a beautiful colour",
        "has a modern design, the pattern is even prettier than in the photo",
        "has a gorgeous colour and a charming style",
        "looks elegant, I love the shape and the style",
    ),
}
DISPLEASED = {
    "quality": (
        "is poor quality and badly made",
        "broke after a week, flimsy material",
        "feels flimsy, the material is thin and not durable",
        "fell apart at the seams, terrible quality",
        "was defective and broke at once, badly made",
        "is made of thin material with poor quality seams",
    ),
    "price": (
        "is overpriced and not worth the money",
        "has a much higher price than in any other shop",
        "is poor value for money and too expensive",
        "became expensive when the discount ended and the price went up",
        "costs too much money for what you get, no value",
        "is not worth that price, too expensive even with the discount",
    ),
    "delivery": (
        "arrived three weeks late, terrible delivery",
        "had slow shipping and no tracking",
        "came in a crushed package, the courier did not care",
        "was never delivered although the courier said it arrived",
        "was shipped to the wrong address and arrived late",
        "had a late delivery, the tracking was wrong and the package wet",
    ),
    "service": (
        "had an issue and customer service never answered",
        "was not exchanged, the staff were rude and no service at all",
        "got me no refund, support ignored my emails",
        "led to an hour on hold with a rude customer support agent",
        "had an issue that the unhelpful staff refused to solve",
        "is without a refund to this day, terrible customer service",
    ),
    "design": (
        "has an ugly design and dull colours",
        "has an awkward shape and a dull pattern",
        "is a strange colour, not as in the photo",
        "has an old fashioned look and an ugly pattern",
        "has a clumsy design, not the style in the photo",
        "looks ugly, the shape and the colour clash",
    ),
}
PHRASES = 6  # per theme and mood

SUBJECTS = ("The {}", "This {}", "My new {}", "Our {}", "The little {}", "That {}")
OPENINGS = (
    "", "", "", "", "", "Bought it for my sister. ", "Ordered last month. ", "My second order. ",
    "A gift for a friend. ", "I was not sure at first. ",
)  # fmt: skip
CLOSINGS = {
    True: ("", "", " Very happy.", " Would order again.", " Highly recommended.", " Thank you!"),
    False: ("", "", " Very disappointed.", " Would not order again.", " Never again.", " Please do better."),
}
