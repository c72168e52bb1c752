// Starts the page.

import './style/tokens.css';
import './style/page.css';
import './style/tile.css';
import './style/job.css';
import { render } from 'preact';
import { start } from './state/store';
import { App } from './ui/App';

const root = document.getElementById('app');
if (root) {
  render(<App />, root);
  start();
}
