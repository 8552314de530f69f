#pragma once

#include "base/error.h"

#include <span>

namespace Orgtrace::Json {
class Node;
}

namespace Orgtrace::Evidence {

/// What one version of the snapshot's schema changed over the version before.
struct SchemaStep {
    int version = 1;
    /// From the same answers come other documents, signals, fingerprints or ids than before: what stands on different sides of the step is never compared, or
    /// every entity would look changed.
    bool beginsBaseline = false;
    /// Turns a manifest of the version before into one of this version, so that only one reader is needed; null: it reads as it is.
    void (*migrate)(Json::Node &manifest) = nullptr;
};

/// The versions of what a snapshot holds (manifest.json, entities, signals), oldest first, from 1 on. docs/formats/store.md says what raises them.
class Schema
{
public:
    /// @pre steps are numbered 1, 2, 3 … and outlive the object; the first begins a baseline
    explicit constexpr Schema(std::span<const SchemaStep> steps) : m_steps(steps) { }
    /// Of this program.
    [[nodiscard]] static const Schema &current();

    [[nodiscard]] int newest() const { return m_steps.back().version; }
    /// The version that began the baseline which `version` belongs to; 0 for versions there are not.
    [[nodiscard]] int baselineOf(int version) const;
    /// Whether leaves of snapshots of these two versions say anything of each other.
    [[nodiscard]] bool areComparable(int a, int b) const;
    /// Brings a manifest up to the newest version. Errors: NewerFormat (one sentence with the cure), Integrity (a version there never was).
    [[nodiscard]] Result<void> migrate(Json::Node &manifest, int from) const;
    [[nodiscard]] Result<void> check(qint64 version) const;

private:
    std::span<const SchemaStep> m_steps;
};
void setSchemaForTests(const Schema *schema); ///< nullptr: the real one again

} // namespace Orgtrace::Evidence
