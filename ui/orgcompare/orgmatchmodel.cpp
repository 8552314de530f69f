#include "orgcompare/orgmatchmodel.h"

#include "diff/displaytext.h"
#include "orgcompare/orgparts.h"
#include "theme/theme.h"

#include <QCoreApplication>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

namespace {

OrgSign signOfMatch(const MatchLine &line)
{
    switch (matchKindOf(line)) {
    case OrgMatchModel::Kind::ByHand: return OrgSign::ByHand;
    case OrgMatchModel::Kind::Ambiguous: return OrgSign::Unknown;
    case OrgMatchModel::Kind::OnlyLeft: return OrgSign::OnlyLeft;
    case OrgMatchModel::Kind::OnlyRight: return OrgSign::OnlyRight;
    case OrgMatchModel::Kind::Any:
    case OrgMatchModel::Kind::SameId:
    case OrgMatchModel::Kind::SameName: break;
    }
    return OrgSign::Matched;
}

} // namespace

OrgMatchModel::Kind matchKindOf(const MatchLine &line)
{
    if (line.isByHand) {
        return OrgMatchModel::Kind::ByHand;
    }
    switch (line.kind) {
    case Compare::MatchKind::SameId: return OrgMatchModel::Kind::SameId;
    case Compare::MatchKind::SameName: return OrgMatchModel::Kind::SameName;
    case Compare::MatchKind::Corrected: return OrgMatchModel::Kind::ByHand;
    case Compare::MatchKind::Ambiguous: return OrgMatchModel::Kind::Ambiguous;
    case Compare::MatchKind::OnlyLeft: return OrgMatchModel::Kind::OnlyLeft;
    case Compare::MatchKind::OnlyRight: break;
    }
    return OrgMatchModel::Kind::OnlyRight;
}

QString matchText(const MatchLine &line)
{
    const auto tr = [](const char *text) { return QCoreApplication::translate("OrgMatchModel", text); };
    if (line.isByHand) {
        return line.left && line.right ? tr("by hand") : line.left ? tr("by hand: only left") : tr("by hand: only right");
    }
    const bool isOwn = !line.follows || line.left.value_or(QString()).isEmpty(); // settings of the organisation have no parent
    switch (line.kind) {
    case Compare::MatchKind::SameId:
        return isOwn ? (line.left->isEmpty() ? tr("the organisation's own") : tr("same id")) : tr("follows its owner");
    case Compare::MatchKind::SameName: return isOwn ? tr("same name") : tr("follows its owner");
    case Compare::MatchKind::Corrected: return tr("by hand");
    case Compare::MatchKind::Ambiguous: return tr("ambiguous");
    case Compare::MatchKind::OnlyLeft: return tr("only left");
    case Compare::MatchKind::OnlyRight: break;
    }
    return tr("only right");
}

void OrgMatchModel::narrow(bool isNew)
{
    if (isNew) {
        m_counts = QList<qint64>(Kinds, 0);
        m_counts[0] = m_comparison ? m_comparison->lines.size() : 0;
        for (qsizetype i = 0; i < m_counts[0]; ++i) {
            ++m_counts[static_cast<int>(matchKindOf(m_comparison->lines[i]))];
        }
    }
    m_rows.clear();
    if (!m_comparison) {
        return;
    }
    m_rows.reserve(m_comparison->lines.size());
    for (qsizetype i = 0; i < m_comparison->lines.size(); ++i) {
        const MatchLine &line = m_comparison->lines[i];
        if (lets(static_cast<int>(matchKindOf(line)), line.folded)) {
            m_rows.append(int(i));
        }
    }
}

const MatchLine *OrgMatchModel::line(int row) const
{
    return m_comparison && row >= 0 && row < m_rows.size() ? &m_comparison->lines[m_rows[row]] : nullptr;
}

int OrgMatchModel::rowOf(const QString &domain, const std::optional<QString> &left, const std::optional<QString> &right) const
{
    for (int row = 0; row < int(m_rows.size()); ++row) {
        const MatchLine *one = line(row);
        if (one->domain == domain && ((left && one->left == left) || (right && one->right == right))) {
            return row;
        }
    }
    return -1;
}

int OrgMatchModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_rows.size());
}

int OrgMatchModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant OrgMatchModel::data(const QModelIndex &index, int role) const
{
    const MatchLine *one = index.isValid() ? line(index.row()) : nullptr;
    if (!one) {
        return {};
    }
    const bool isLeft = index.column() == LeftColumn, isSide = isLeft || index.column() == RightColumn;
    const std::optional<QString> &id = isLeft ? one->left : one->right;
    const QString &name = isLeft ? one->leftName : one->rightName;
    switch (role) {
    case Qt::DisplayRole:
        switch (index.column()) {
        case DomainColumn: return visibleText(one->domainTitle, 80);
        case HowColumn: return matchText(*one);
        default: return id ? visibleText(name) : u"–"_s;
        }
    case OrgRole::Id: return isSide && id ? visibleText(shortId(*id), 60) : QString();
    case OrgRole::Sign: return static_cast<int>(index.column() == HowColumn ? signOfMatch(*one) : OrgSign::None);
    case Qt::ToolTipRole: return isSide && id ? u"%1\n%2"_s.arg(visibleText(name), visibleText(*id, 300)) : QString();
    case Qt::AccessibleTextRole:
        return isSide ? (id ? u"%1 %2"_s.arg(visibleText(name), visibleText(shortId(*id))) : tr("none")) : data(index, Qt::DisplayRole);
    default: return {};
    }
}

QVariant OrgMatchModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal) {
        return {};
    }
    if (role == Qt::TextAlignmentRole) {
        return int(Qt::AlignLeft | Qt::AlignVCenter);
    }
    if (role != Qt::DisplayRole) {
        return {};
    }
    switch (section) {
    case DomainColumn: return tr("Domain");
    case LeftColumn: return m_comparison ? visibleText(m_comparison->leftName, 60) : tr("Left");
    case RightColumn: return m_comparison ? visibleText(m_comparison->rightName, 60) : tr("Right");
    case HowColumn: return tr("How matched");
    default: return {};
    }
}

QString matchingText(const OrgComparison &comparison, const QList<int> &lines)
{
    QString out = u"domain\t%1\t%1 id\t%2\t%2 id\tmatched\n"_s.arg(visibleText(comparison.leftName), visibleText(comparison.rightName));
    for (const int at : lines) {
        const MatchLine &line = comparison.lines[at];
        out += u"%1\t%2\t%3\t%4\t%5\t%6\n"_s.arg(visibleText(line.domain), visibleText(line.leftName, 400),
                                                 visibleText(line.left.value_or(u"–"_s), 400), visibleText(line.rightName, 400),
                                                 visibleText(line.right.value_or(u"–"_s), 400), matchText(line));
    }
    return out;
}

TwinCandidates twinCandidates(const OrgComparison &comparison, const MatchLine &line, bool onRight, const QString &typed, qsizetype most)
{
    const QString needle = typed.trimmed().toCaseFolded();
    const QString name = (onRight ? line.leftName : line.rightName).toCaseFolded();
    QList<TwinCandidate> ranks[3];
    TwinCandidates out;
    for (const MatchLine &other : comparison.lines) {
        const std::optional<QString> &id = onRight ? other.right : other.left;
        if (!id || other.domain != line.domain || id == (onRight ? line.right : line.left)) {
            continue;
        }
        const QString &itsName = onRight ? other.rightName : other.leftName;
        if (!needle.isEmpty() && !itsName.contains(needle, Qt::CaseInsensitive) && !id->contains(needle, Qt::CaseInsensitive)) {
            continue;
        }
        ++out.all;
        const bool isTaken = other.left && other.right;
        const bool isNamesake = !name.isEmpty() && itsName.compare(name, Qt::CaseInsensitive) == 0;
        QList<TwinCandidate> &rank = ranks[isNamesake ? 0 : isTaken ? 2 : 1];
        if (rank.size() < most) {
            rank.append({*id, itsName, isTaken ? (onRight ? other.leftName : other.rightName) : QString(),
                         other.kind == Compare::MatchKind::Ambiguous});
            if (isTaken && rank.last().nowTwinOf.isEmpty()) {
                rank.last().nowTwinOf = shortId(onRight ? *other.left : *other.right);
            }
        }
    }
    for (const QList<TwinCandidate> &rank : ranks) {
        out.best.append(rank);
    }
    out.best.resize(std::min(out.best.size(), most));
    return out;
}

} // namespace Orgtrace::Ui
