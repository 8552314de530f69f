#include "changes/changetree_p.h"
#include "theme/theme.h"

#include <QCoreApplication>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

namespace {

QString besideText(const char *text)
{
    return QCoreApplication::translate("Changes", text);
}

struct LeftOutWords {
    Compare::Reason reason;
    QString text, tip;
};

QList<LeftOutWords> leftOutWords()
{
    return {{Compare::Reason::Signals, besideText("Saved without visible effect"),
             besideText("Somebody pressed Save, but no setting differs between A and B: perhaps changed and changed back in between.")},
            {Compare::Reason::Type, besideText("Other type, same value"),
             besideText("Such as \"30\" and 30: the platform writes it differently, it means the same.")},
            {Compare::Reason::Labels, besideText("Only another entity’s name"),
             besideText("The entity it refers to is the same and was renamed; the rename itself is a change there.")},
            {Compare::Reason::Order, besideText("Only the order differs"), besideText("Of lists whose order means nothing.")},
            {Compare::Reason::Rules, besideText("Counts under one catalogue only"),
             besideText("A and B were captured under different rules; what only one of them keeps is not compared.")}};
}

} // namespace

void addNotComparable(ChangeTreeBuilder &builder, const Operations::RangeFindings &range)
{
    if (range.difference.notComparable.isEmpty()) {
        return;
    }
    ChangeRow head;
    head.kind = ChangeRow::Kind::NotComparable;
    head.text = besideText("Not comparable");
    head.key = u"not-comparable"_s;
    head.tip = besideText("What was not seen on both sides. It is neither unchanged nor deleted: it is not known.");
    head.count = range.difference.notComparable.size();
    const int top = builder.add(-1, head);
    for (const Compare::NotComparable &one : range.difference.notComparable) {
        ChangeRow row;
        row.kind = ChangeRow::Kind::NotComparableRow;
        row.text = range.domainTitles.value(one.domain, one.domain);
        row.summary = one.ids.isEmpty() ? besideText("whole domain")
            : one.ids.size() == 1       ? shortId(one.ids.constFirst())
                                        : besideText("%1 entities").arg(one.ids.size());
        row.tip = one.why;
        if (!one.ids.isEmpty()) {
            row.tip += u'\n' + one.ids.first(std::min<qsizetype>(one.ids.size(), 20)).join(u'\n');
        }
        row.key = u"not-comparable/"_s + one.domain + u'/' + QString::number(builder.childCount(top));
        builder.add(top, row);
    }
}

void addLeftOut(ChangeTreeBuilder &builder, const Operations::RangeFindings &range)
{
    const QList<Compare::SuppressedEntity> &all = range.difference.suppressedEntities;
    for (const auto kinds = leftOutWords(); const LeftOutWords &words : kinds) {
        ChangeRow head;
        head.kind = ChangeRow::Kind::LeftOut;
        head.text = words.text;
        head.tip = words.tip + u'\n' + besideText("Choose one to see what it is.");
        head.key = u"left-out/"_s + Compare::reasonName(words.reason);
        int top = -1;
        int group = -1;
        QString domain;
        for (qsizetype i = 0; i < all.size(); ++i) {
            const Compare::SuppressedEntity &one = all.at(i);
            if (one.reason != words.reason) {
                continue;
            }
            if (top < 0) {
                top = builder.add(-1, head);
            }
            if (group < 0 || one.domain != domain) {
                domain = one.domain;
                ChangeRow page;
                page.kind = ChangeRow::Kind::Page;
                page.text = range.domainTitles.value(domain, domain);
                page.key = head.key + u'/' + domain;
                group = builder.add(top, page);
            }
            ChangeRow row;
            row.kind = ChangeRow::Kind::LeftOutRow;
            const QString name = one.name.isEmpty() ? range.names.value(one.domain + u'/' + one.entity) : one.name;
            row.text = name.isEmpty() ? (one.entity.isEmpty() ? range.domainTitles.value(domain, domain) : shortId(one.entity)) : name;
            row.summary = one.partial ? besideText("beside a change")
                : one.reason == Compare::Reason::Signals
                ? besideText("saved")
                : counted(std::max<qint64>(one.count, 1), besideText("%1 place"), besideText("%1 places"));
            row.key = head.key + u'/' + one.domain + u'/' + one.entity;
            row.leftOut = static_cast<int>(i);
            builder.add(group, row);
            builder.count(group);
        }
    }
    if (range.difference.suppressedBeyond > 0) {
        ChangeRow row;
        row.kind = ChangeRow::Kind::LeftOut;
        row.text = besideText("Left out, too many to list");
        row.tip = besideText("Only the first %1 are listed; the counts above the list are whole.")
                      .arg(countText(Compare::SnapshotDifference::MostSuppressed));
        row.key = u"left-out/beyond"_s;
        row.count = range.difference.suppressedBeyond;
        builder.add(-1, row);
    }
}

} // namespace Orgtrace::Ui
