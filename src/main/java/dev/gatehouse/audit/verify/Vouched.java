package dev.gatehouse.audit.verify;

import dev.gatehouse.audit.merkle.Hash;

/**
 * What a trusted key vouched for.
 *
 * @param name the name of the checkpoint, such as that of its file
 * @param origin the log it is about
 * @param size how many entries that had
 * @param root the root of their tree
 */
record Vouched(String name, String origin, long size, Hash root) {

  Place place() {
    return Place.checkpoint(name);
  }
}
