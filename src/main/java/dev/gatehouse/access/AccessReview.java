package dev.gatehouse.access;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import java.time.Instant;
import java.util.Optional;

/**
 * A look at who may do what, line by line.
 *
 * @param id its name
 * @param displayName what people call it; may be empty
 * @param model the model it is about; empty for all
 * @param unusedDays a grant counts as unused that was not used for so many days
 * @param expiringDays a grant counts as expiring that ends within so many days
 * @param lineCount how many grants it lists
 * @param openLineCount how many of them nobody has decided
 * @param creator who began it
 * @param createTime when it began
 * @param closeTime when it ended, if it did
 */
public record AccessReview(
    AccessReviewId id,
    String displayName,
    Optional<ModelName> model,
    int unusedDays,
    int expiringDays,
    int lineCount,
    int openLineCount,
    CallerId creator,
    Instant createTime,
    Optional<Instant> closeTime) {}
