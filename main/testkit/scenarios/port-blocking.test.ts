// A port is silent while another one of the same address answers (detection rule 1.10).
import { scenario } from '../scenario.ts';
import { FREE, FREE_TOO, OTHER, SITE_WEB } from './places.ts';

scenario('HTTPS of an address is silent, HTTP answers', (net) => {
  net.visit({ server: OTHER, sni: FREE });
  for (let attempt = 0; attempt < 3; attempt++) {
    net.unanswered({ server: '93.184.215.14:443' });
    net.visit({ server: SITE_WEB, host: FREE_TOO });
  }
  net.visit({ server: OTHER, sni: FREE });
}).innocent({ atMost: 'likely' });

scenario('encrypted DNS is silent at one resolver, its plain DNS answers', (net) => {
  net.resolve({ name: FREE, resolver: '9.9.9.9', answer: { addresses: ['96.7.128.175'] } });
  for (let attempt = 0; attempt < 3; attempt++) net.unanswered({ server: '9.9.9.9:853' });
  net.resolve({ name: FREE_TOO, resolver: '9.9.9.9', answer: { addresses: ['151.101.2.132'] } });
  net.visit({ server: OTHER, sni: FREE });
}).expect({ technique: 'port-blocking', interference: 'packet-drop', atLeast: 'possible', target: '9.9.9.9' });
