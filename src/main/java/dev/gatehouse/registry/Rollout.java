package dev.gatehouse.registry;

/** What happens to the default version of the model once a deployment is ready. */
public enum Rollout {
  /** Nothing; a model without one gets this version as its default. */
  BESIDE,
  /** This version becomes the default, and the former one is undeployed, in one step. */
  REPLACE_DEFAULT
}
