package dev.gatehouse.access;

import dev.gatehouse.keys.Secret;
import java.util.Optional;

/**
 * An API key as its maker gets it.
 *
 * @param apiKey what is known of it
 * @param secret the key itself; only where this very request made it, and never again
 */
public record IssuedApiKey(ApiKey apiKey, Optional<Secret> secret) {}
