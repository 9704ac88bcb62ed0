package dev.gatehouse.audit.verify;

/**
 * A checkpoint as it was found.
 *
 * @param name what to call it, such as the name of its file
 * @param text the signed note
 */
public record Note(String name, String text) {}
