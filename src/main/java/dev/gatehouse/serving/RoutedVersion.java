package dev.gatehouse.serving;

import dev.gatehouse.core.VersionId;

/** What routing needs to know of a version that runs. */
interface RoutedVersion {

  VersionId version();

  /** Whether it can run a call now. */
  boolean ready();
}
