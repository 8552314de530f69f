#include "evidence/schema.h"

#include "json/node.h"

#include <array>

namespace Orgtrace::Evidence {

namespace {
// Add a line for each new version. Whoever adds a member to the manifest that old readers may ignore, or a domain or rule to the catalogue, adds none.
constexpr std::array Steps{SchemaStep{.version = 1, .beginsBaseline = true, .migrate = nullptr}};
constexpr Schema Ours{Steps};
const Schema *schemaOfTests = nullptr;
} // namespace

const Schema &Schema::current()
{
    return schemaOfTests ? *schemaOfTests : Ours;
}

void setSchemaForTests(const Schema *schema)
{
    schemaOfTests = schema;
}

int Schema::baselineOf(int version) const
{
    int baseline = 0;
    for (const SchemaStep &step : m_steps) {
        if (step.version <= version && step.beginsBaseline)
            baseline = step.version;
    }
    return version <= newest() ? baseline : 0;
}

bool Schema::areComparable(int a, int b) const
{
    return baselineOf(a) > 0 && baselineOf(a) == baselineOf(b);
}

Result<void> Schema::check(qint64 version) const
{
    if (version > newest())
        return Error::make(ErrorCode::NewerFormat,
                           QStringLiteral("the snapshot has schema version %1, this program reads up to %2; use a newer Orgtrace")
                               .arg(version)
                               .arg(newest()));
    if (version < 1)
        return Error::make(ErrorCode::Integrity, QStringLiteral("the manifest has no schema version that ever was"));
    return {};
}

Result<void> Schema::migrate(Json::Node &manifest, int from) const
{
    if (const auto good = check(from); !good)
        return good;
    for (const SchemaStep &step : m_steps) {
        if (step.version > from && step.migrate)
            step.migrate(manifest);
    }
    return {};
}

} // namespace Orgtrace::Evidence
