package dev.gatehouse.registry;

import java.util.List;

/**
 * Part of a list.
 *
 * @param items in the order of the list
 * @param nextPageToken what to ask for the next part with; empty at the end of the list
 */
public record Page<T>(List<T> items, String nextPageToken) {

  /** How many items come when the caller does not say. */
  public static final int SIZE_DEFAULT = 50;

  /** The most items that come, however many the caller asks for. */
  public static final int SIZE_MAX = 500;

  /** Copies the list. */
  public Page {
    items = List.copyOf(items);
  }
}
