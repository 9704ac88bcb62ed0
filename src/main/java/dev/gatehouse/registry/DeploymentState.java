package dev.gatehouse.registry;

/** Whether a version runs, as it was last observed. */
public enum DeploymentState {
  /** It does not run and is not meant to. */
  UNDEPLOYED,
  /** It is being loaded and warmed up. */
  DEPLOYING,
  /** It answers calls. */
  READY,
  /** It was meant to run and does not. */
  FAILED;

  /** Whether it runs or is about to, so that it can be neither deployed anew nor deleted. */
  public boolean active() {
    return this == DEPLOYING || this == READY;
  }
}
