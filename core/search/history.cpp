#include "search/history.h"

#include "json/node.h"
#include "json/pointer.h"
#include "json/value.h"

namespace Orgtrace::Search {

Result<QList<EntityState>> historyOf(const Evidence::Store &store, const QString &organisationId, const QString &domain,
                                     const QString &entity, const CancellationToken &cancel)
{
    const auto timeline = store.snapshots(organisationId);
    if (!timeline) {
        return std::unexpected(timeline.error());
    }
    Versions versions(QStringList{domain});
    if (auto read = versions.extendTo(store, *timeline, cancel); !read) {
        return std::unexpected(read.error());
    }
    QList<EntityState> states;
    for (const Version &version : versions.all()) {
        if (version.id != entity) {
            continue;
        }
        auto text = store.blob(version.blob);
        if (!text) {
            return std::unexpected(text.error());
        }
        states.append({stayOf(version, *timeline), *std::move(text), timeline->at(version.last).id});
    }
    return states;
}

Result<QList<ValueState>> valuesOf(const QList<EntityState> &states, const QString &pointer)
{
    const auto tokens = Json::parsePointer(pointer);
    if (!tokens) {
        return std::unexpected(tokens.error());
    }
    QList<ValueState> values;
    for (const EntityState &state : states) {
        const auto document = Json::parse({state.text.constData(), static_cast<size_t>(state.text.size())});
        if (!document) {
            return Error::make(ErrorCode::Integrity, QStringLiteral("a kept text is no JSON"), state.stay.first.snapshot);
        }
        const Json::Value found = Json::resolve(document->root(), *tokens);
        const std::optional<QByteArray> value = found.isMissing() ? std::nullopt : std::optional(Json::Node(found).compactText().trimmed());
        if (!values.isEmpty() && values.constLast().value == value && values.constLast().stay.ended == state.stay.first) {
            values.last().stay.last = state.stay.last;
            values.last().stay.ended = state.stay.ended;
            values.last().stay.endedByRules = state.stay.endedByRules;
        } else {
            values.append({state.stay, value});
        }
    }
    return values;
}

} // namespace Orgtrace::Search
