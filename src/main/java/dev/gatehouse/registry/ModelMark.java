package dev.gatehouse.registry;

import dev.gatehouse.core.ModelName;

/**
 * How far the changes of one model have come: another one after every change of the model, its
 * versions or its deployments.
 *
 * @param model the model
 * @param revision the latest change of its rows, but for those that are gone
 * @param versions how many versions it has, which tells of those that are gone
 */
public record ModelMark(ModelName model, long revision, long versions) {}
