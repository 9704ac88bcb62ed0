/**
 * The rules by which Prometheus watches callers, made from their one source, {@code
 * deploy/rules/catalogue.yaml}: what Prometheus and Kubernetes read, and the index of runbooks. It
 * lies with the tests because the gateway never reads a rule; the build alone does, and its tests
 * compare what is committed with what the catalogue makes.
 *
 * <p>Owns: {@link dev.gatehouse.rules.Catalogue}, the source as values, and {@link
 * dev.gatehouse.rules.RuleFiles}, what is made of it; {@link dev.gatehouse.rules.RuleReads}, what
 * rules look at, for the dashboards.
 */
@NullMarked
package dev.gatehouse.rules;

import org.jspecify.annotations.NullMarked;
