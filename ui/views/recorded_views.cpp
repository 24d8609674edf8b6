// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/recorded_views.h"

#include "ui/models/operations_model.h"
#include "ui/support/opened_recording.h"
#include "ui/timeline/timeline_view.h"
#include "ui/views/inspector_pane.h"
#include "ui/views/operations_pane.h"
#include "ui/views/operations_view.h"
#include "ui/views/plots_pane.h"
#include "ui/views/timeline_pane.h"

namespace swb::ui {

RecordedViews::RecordedViews(std::shared_ptr<OpenedRecording> recording, Actions& actions,
    const Settings& settings, QWidget* parent)
    : m_recording(std::move(recording))
{
    OperationFocus& focus = m_recording->focus();
    m_views.operations
        = new OperationsPane(*m_recording, m_recording->shown(), focus, actions, parent);
    m_views.timeline = new TimelinePane(*m_recording, m_recording->lanes(), focus, parent);
    m_views.inspector = new InspectorPane(*m_recording, focus, parent);
    m_views.plots = new PlotsPane(m_recording->shown(), focus, parent);
    m_views.operations->restore(settings);
    m_views.operations->view()->setFollowing(false); // one begins at its beginning
    m_views.operations->model().scrollTo(0);
    m_views.timeline->view()->setFollowing(false);
}

RecordedViews::~RecordedViews()
{
    delete m_views.plots;
    delete m_views.inspector;
    delete m_views.timeline;
    delete m_views.operations;
}

} // namespace swb::ui
