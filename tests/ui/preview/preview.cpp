// Renders the inner widgets with fixture values to PNG, light and dark, for looking at: preview DIR

#include "../access/accesssample.h"
#include "../diff/diffsample.h"
#include "capturepreview.h"
#include "timelinepreview.h"

#include "access/accessdelegate.h"
#include "access/accesstreemodel.h"
#include "access/pathgraph.h"
#include "access/segmentedswitch.h"
#include "diff/diffheader.h"
#include "diff/diffview.h"
#include "diff/findbar.h"
#include "diff/overviewruler.h"
#include "theme/theme.h"

#include <QApplication>
#include <QDir>
#include <QHBoxLayout>
#include <QVBoxLayout>

using namespace Orgtrace;
using namespace Orgtrace::Ui;
using namespace Qt::StringLiterals;

namespace {

struct DiffPreview : QWidget {
    DiffHeader header;
    DiffView view;
    OverviewRuler ruler{view};
    Breadcrumb breadcrumb;

    explicit DiffPreview(const QByteArray &old, const QByteArray &now)
    {
        auto *middle = new QHBoxLayout;
        middle->setSpacing(0);
        middle->addWidget(&view, 1);
        middle->addWidget(&ruler);
        auto *all = new QVBoxLayout(this);
        all->setContentsMargins(0, 0, 0, 0);
        all->setSpacing(0);
        auto *top = new QHBoxLayout;
        top->setContentsMargins(14, 6, 14, 6);
        top->addWidget(&breadcrumb);
        all->addLayout(top);
        all->addWidget(&header);
        all->addLayout(middle, 1);
        breadcrumb.setSteps({u"Role grants"_s, u"Contractors"_s, u"grants"_s, u"[role=Master Admin]"_s}, 1);
        header.setTitles({u"A"_s, u"17 Oct 2026 08:24 UTC · 10:24 local"_s, u"signed"_s, SideTitle::Tone::Good, {}},
                         {u"B"_s, u"20 Oct 2026 08:24 UTC · 10:24 local"_s, u"signed"_s, SideTitle::Tone::Good, {}});
        view.setHighlighter(std::make_shared<JsonHighlighter>());
        view.setDocument(makeDocument(old, now, DiffSample::names()));
        view.setSideNote(Side::Left, u"Not there in A: it was added between A and B."_s);
        QObject::connect(&view, &DiffView::viewportMoved, &header, [this] { header.setSplit(view.split()); });
    }
};

void save(QWidget &widget, const QString &file, QSize size)
{
    widget.resize(size);
    widget.setAttribute(Qt::WA_DontShowOnScreen);
    widget.show();
    QApplication::processEvents();
    QApplication::processEvents();
    widget.grab().save(file);
    qInfo("%s", qPrintable(file));
}

} // namespace

int main(int argc, char **argv)
{
    QApplication app(argc, argv);
    const QDir out(QString::fromLocal8Bit(argc > 1 ? argv[1] : "."));
    out.mkpath(u"."_s);
    const QString rights = u"authorization:grant:add = group Contractors/Master Admin@*\n"
                           "authorization:grant:delete = group Contractors/Master Admin@*\n"
                           "authorization:grant:view = direct/Agent@Home; group Contractors/Master Admin@*\n"
                           "authorization:role:view = group Contractors/Master Admin@*\n"
                           "recording:recording:view = direct/employee@Home\n"
                           "routing:queue:edit = team North/Lead@Home!; direct/Supervisor@Home?\n"
                           "routing:queue:view = direct/Agent@Home\n"
                           "routing:skill:view = direct/Agent@Home?\n"
                           "telephony:plugin:all = group Contractors/Master Admin@*"_s;
    const QString before
        = u"authorization:grant:view = direct/Agent@Home\nrouting:queue:view = direct/Agent@Home\nrouting:queue:join = direct/Agent@Home"_s;
    for (const bool dark : {false, true}) {
        Theme::apply(dark ? Theme::Scheme::Dark : Theme::Scheme::Light);
        const QString tail = dark ? u"-dark.png"_s : u"-light.png"_s;
        capturePreviews([&](QWidget &page, const QString &name, const QSize &size) { save(page, out.filePath(name + tail), size); });
        {
            DiffPreview page(DiffSample::oldText(), DiffSample::newText());
            page.view.setFocus();
            page.view.goToChange(1);
            save(page, out.filePath(u"diff"_s + tail), {850, 700});
        }
        {
            DiffPreview page({}, DiffSample::newText());
            save(page, out.filePath(u"diff-added"_s + tail), {850, 500});
        }
        {
            QByteArray text = DiffSample::newText();
            const QByteArray evil
                = QByteArray("\"\u202Enimda\u202C evil\u200B \u0645\u0631\u062D\u0628\u0627 ") + QByteArray(3000, 'W') + "\"";
            text.replace("\"Seasonal staff\"", evil);
            DiffPreview page(DiffSample::oldText(), text);
            page.view.unfoldAll();
            page.view.setSelection(Side::Right, {6, 4}, {9, 12});
            save(page, out.filePath(u"diff-hostile"_s + tail), {850, 500});
        }
        {
            DiffView view;
            view.setMessage(u"No change is selected"_s, u"Choose one in the list of changes to see both sides."_s);
            save(view, out.filePath(u"diff-empty"_s + tail), {850, 300});
        }
        previewTimeline(out.path(), tail);
        for (const bool compared : {false, true}) {
            QWidget page;
            auto *layout = new QHBoxLayout(&page);
            layout->setContentsMargins(0, 0, 0, 0);
            AccessTreeModel model;
            const Access::EffectiveAccess now = AccessSample::rights(rights);
            model.setPermissions(compared ? comparedPermissions(AccessSample::rights(before), now) : shownPermissions(now));
            AccessTree tree;
            tree.setModel(&model);
            tree.expandAll();
            tree.setCurrentIndex(model.indexOf(u"authorization:grant:add"_s));
            PathGraph graph;
            QList<PathGraph::Line> lines;
            for (const auto &permission : now.permissions) {
                for (const Access::AccessPath &path : permission.paths.first(1)) {
                    lines.append({path, compared ? Held::Gained : Held::Same});
                }
            }
            graph.setPaths(now.subject, lines.first(6));
            SegmentedSwitch modes;
            modes.setSegments({u"as of A"_s, u"as of B · 20 Oct 2026 08:24 UTC"_s, u"A → B"_s});
            modes.setCurrent(compared ? 2 : 1);
            auto *right = new QVBoxLayout;
            right->setContentsMargins(20, 20, 20, 20);
            right->addWidget(&modes);
            right->addWidget(&graph);
            right->addStretch(1);
            layout->addWidget(&tree, 1);
            layout->addLayout(right, 1);
            save(page, out.filePath((compared ? u"access-compared"_s : u"access"_s) + tail), {1400, 640});
        }
    }
    return 0;
}
