package dev.gatehouse.abuse.response;

/**
 * A finding as it was written down.
 *
 * @param finding what it is now
 * @param fresh whether it is a new one, not one that lasts
 */
public record Noted(Finding finding, boolean fresh) {}
