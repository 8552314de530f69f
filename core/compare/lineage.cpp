#include "compare/lineage.h"

#include "compare/entitynames.h"

namespace Orgtrace::Compare {

void LineageFinder::add(const EntityChange &change, const QByteArray &blob, Json::Value entity)
{
    if (m_path.isEmpty())
        return;
    const QString value = textAt(entity, m_path);
    if (value.isEmpty())
        return;
    Entry &entry = m_entries[value];
    if (change.kind == ChangeKind::Added) {
        ++entry.added;
        entry.candidate.newId = change.entity;
        entry.candidate.newBlob = blob;
    } else {
        ++entry.removed;
        entry.candidate.oldId = change.entity;
        entry.candidate.oldBlob = blob;
    }
}

QList<LineageFinder::Candidate> LineageFinder::candidates() const
{
    QList<Candidate> out;
    for (const auto &[value, entry] : m_entries) {
        if (entry.removed == 1 && entry.added == 1)
            out.append(entry.candidate);
    }
    return out;
}

} // namespace Orgtrace::Compare
