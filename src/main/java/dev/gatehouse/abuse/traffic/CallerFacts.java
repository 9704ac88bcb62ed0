package dev.gatehouse.abuse.traffic;

import dev.gatehouse.core.TeamName;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a caller besides its calls.
 *
 * @param team whose peers it is compared with first
 * @param hours the hours it declared, or null if it declared none
 */
public record CallerFacts(TeamName team, @Nullable DeclaredHours hours) {}
