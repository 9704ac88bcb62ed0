package dev.gatehouse.demo.attacks;

import java.time.Instant;

/**
 * That somebody was noticed.
 *
 * @param rule the rule's id
 * @param by {@code gateway}, {@code Prometheus}, or {@code Alertmanager} by way of the gateway
 * @param restricts whether the policy restricts the caller for it, or would if it were not in
 *     shadow
 * @param caller the caller's id, or empty if the rule names none
 * @param at when
 */
record Sign(String rule, String by, boolean restricts, String caller, Instant at) {}
